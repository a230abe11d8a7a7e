/**
 * Slack names its emoji in words and takes no others for a reaction. The ones that people react with, each with the
 * name that Slack itself uses first and the other names that it knows them by.
 */
const TABLE = `
👍 +1 thumbsup|👎 -1 thumbsdown|❤ heart|🧡 orange_heart|💛 yellow_heart|💚 green_heart|💙 blue_heart|💜 purple_heart|🖤 black_heart
🤍 white_heart|🤎 brown_heart|💔 broken_heart|💕 two_hearts|💖 sparkling_heart|❤‍🔥 heart_on_fire|👀 eyes|👏 clap|🙏 pray|🙌 raised_hands
👌 ok_hand|✌ v|🤞 crossed_fingers hand_with_index_and_middle_fingers_crossed|🤝 handshake|👋 wave|🤙 call_me_hand|💪 muscle
👆 point_up_2|👇 point_down|👈 point_left|👉 point_right|☝ point_up|✋ hand raised_hand|👊 facepunch punch|✊ fist|🤘 the_horns sign_of_the_horns
🫡 saluting_face|🫶 heart_hands|✍ writing_hand|🖐 raised_hand_with_fingers_splayed|🖖 spock-hand|🤏 pinching_hand|🫰 hand_with_index_finger_and_thumb_crossed
😀 grinning|😃 smiley|😄 smile|😁 grin|😆 laughing satisfied|😅 sweat_smile|🤣 rolling_on_the_floor_laughing|😂 joy|🙂 slightly_smiling_face
🙃 upside_down_face|😉 wink|😊 blush|😇 innocent|🥰 smiling_face_with_3_hearts|😍 heart_eyes|🤩 star-struck grinning_face_with_star_eyes
😘 kissing_heart|😋 yum|😛 stuck_out_tongue|😜 stuck_out_tongue_winking_eye|🤪 zany_face grinning_face_with_one_large_and_one_small_eye
🤗 hugging_face|🤭 face_with_hand_over_mouth smiling_face_with_smiling_eyes_and_hand_covering_mouth|🤫 shushing_face face_with_finger_covering_closed_lips
🤔 thinking_face|🤐 zipper_mouth_face|🤨 face_with_raised_eyebrow face_with_one_eyebrow_raised|😐 neutral_face|😑 expressionless|😶 no_mouth
😏 smirk|😒 unamused|🙄 face_with_rolling_eyes|😬 grimacing|😌 relieved|😔 pensive|😪 sleepy|😴 sleeping|😷 mask|🤒 face_with_thermometer
🤯 exploding_head shocked_face_with_exploding_head|🥳 partying_face|😎 sunglasses|🤓 nerd_face|🧐 face_with_monocle|😕 confused|😟 worried
😮 open_mouth|😯 hushed|😲 astonished|😳 flushed|🥺 pleading_face|😢 cry|😭 sob|😱 scream|😖 confounded|😞 disappointed|😩 weary|😫 tired_face
🥱 yawning_face|😤 triumph|😡 rage|😠 angry|🤬 face_with_symbols_on_mouth serious_face_with_symbols_covering_mouth|😈 smiling_imp|💀 skull
💩 hankey poop shit|🤡 clown_face|👻 ghost|👽 alien|🤖 robot_face|🎃 jack_o_lantern|🙈 see_no_evil|🙉 hear_no_evil|🙊 speak_no_evil
🔥 fire|💥 boom collision|✨ sparkles|⭐ star|🌟 star2|💫 dizzy|⚡ zap|☀ sunny|🌈 rainbow|❄ snowflake|💧 droplet|🌊 ocean|🌱 seedling|🌹 rose
🎉 tada|🎊 confetti_ball|🎁 gift|🎂 birthday|🏆 trophy|🥇 first_place_medal|🏅 sports_medal|🎯 dart|🚀 rocket|✈ airplane|🚗 car red_car
☕ coffee|🍺 beer|🍻 beers|🥂 clinking_glasses|🍾 champagne|🍕 pizza|🍔 hamburger|🍰 cake|🍪 cookie|🍎 apple|🍌 banana|🍓 strawberry|🌭 hotdog
✅ white_check_mark|✔ heavy_check_mark|☑ ballot_box_with_check|❌ x|❎ negative_squared_cross_mark|⭕ o|🚫 no_entry_sign|⛔ no_entry|⚠ warning
❗ exclamation heavy_exclamation_mark|❓ question|❕ grey_exclamation|❔ grey_question|‼ bangbang|💯 100|➕ heavy_plus_sign|➖ heavy_minus_sign
🆗 ok|🆕 new|🆒 cool|🆓 free|🔴 red_circle|🟠 large_orange_circle|🟡 large_yellow_circle|🟢 large_green_circle|🔵 large_blue_circle|⚫ black_circle|⚪ white_circle
⏳ hourglass_flowing_sand|⌛ hourglass|⏰ alarm_clock|🕐 clock1|🔁 repeat|🔄 arrows_counterclockwise|⏸ double_vertical_bar|▶ arrow_forward|⏹ black_square_for_stop
🔍 mag|🔎 mag_right|💡 bulb|🔧 wrench|🔨 hammer|🛠 hammer_and_wrench|⚙ gear|🔑 key|🔒 lock|🔓 unlock|🔔 bell|🔕 no_bell|📌 pushpin|📎 paperclip|✂ scissors
📝 memo pencil|✏ pencil2|📅 date|📆 calendar|📈 chart_with_upwards_trend|📉 chart_with_downwards_trend|📊 bar_chart|📁 file_folder|📂 open_file_folder
📧 e-mail email|✉ envelope|📨 incoming_envelope|📞 telephone_receiver|📱 iphone|💻 computer|🖥 desktop_computer|⌨ keyboard|💾 floppy_disk|📷 camera|🎥 movie_camera
📣 mega|📢 loudspeaker|💬 speech_balloon|💭 thought_balloon|🗣 speaking_head_in_silhouette|🧠 brain|👁 eye|👤 bust_in_silhouette|👥 busts_in_silhouette
🤷 shrug|🤦 face_palm|🙋 raising_hand|🙅 no_good|🙆 ok_woman|🙇 bow|🏃 runner running|🚶 walking|💃 dancer|👑 crown|💎 gem|💰 moneybag|💸 money_with_wings
🐛 bug|🐝 bee honeybee|🐢 turtle|🐌 snail|🐍 snake|🦀 crab|🦞 lobster|🐙 octopus|🐳 whale|🐶 dog|🐱 cat|🦄 unicorn_face|🐔 chicken|🐧 penguin|🦉 owl|🦆 duck
🎵 musical_note|🎶 notes|🎮 video_game|🎲 game_die|🧩 jigsaw|🎨 art|📚 books|📖 book open_book|🔗 link|♻ recycle|🏁 checkered_flag|🚩 triangular_flag_on_post|🗑 wastebasket
🚨 rotating_light|🚧 construction|🧪 test_tube|🧹 broom|📦 package|🏠 house|🌍 earth_africa|🌎 earth_americas|🌏 earth_asia|🌙 crescent_moon|🌻 sunflower|🍀 four_leaf_clover
`;

const ENTRIES = TABLE.trim().split(/[|\n]/u).map((entry) => entry.split(" "));
const NAMES: ReadonlyMap<string, string> = new Map(ENTRIES.map(([emoji = "", name = ""]) => [emoji, name]));
const EMOJI: ReadonlyMap<string, string> = new Map(ENTRIES.flatMap(([emoji = "", ...names]) => names.map((name) => [name, emoji] as const)));

const TONES = ["\u{1f3fb}", "\u{1f3fc}", "\u{1f3fd}", "\u{1f3fe}", "\u{1f3ff}"];
const TONE = /[\u{1f3fb}-\u{1f3ff}]/u;
/** Asks for the coloured picture of a sign that is also a letter: not part of which emoji it is. */
const VARIATION = /\ufe0f/gu;
const NAME = /^:?([a-z0-9_+'-]{1,100}(?:::skin-tone-[2-6])?):?$/u;

/** The name of an emoji for Slack. A name is one already, also of an emoji that only this workspace has (`:party_parrot:`). */
export function emojiName(emoji: string): string | undefined {
  const named = NAME.exec(emoji.trim())?.[1];
  if (named !== undefined) return named;
  const tone = TONES.indexOf(TONE.exec(emoji)?.[0] ?? "");
  const name = NAMES.get(emoji.trim().replace(VARIATION, "").replace(TONE, ""));
  return name === undefined || tone === -1 ? name : `${name}::skin-tone-${tone + 2}`;
}

/** The emoji of a name, or the name between colons where it is not known here. */
export function emojiOf(name: string): string {
  const [base = "", tone] = name.split("::skin-tone-", 2);
  const emoji = EMOJI.get(base);
  return emoji === undefined ? `:${name}:` : `${emoji}${TONES[Number(tone ?? 1) - 2] ?? ""}`;
}
