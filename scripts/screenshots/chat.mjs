/** WebChat, with conversations that somebody might have. */
const CODE = "```sh\nopenclaw nodes invoke kitchen-pi camera.snap --params '{\"facing\":\"back\"}'\n```";

const TALKS = {
  "Which trains go to Oslo tomorrow morning?": [
    { kind: "call", tool: "sessions_list", args: { limit: 5 }, callId: "trains" },
    { kind: "say", text: "There are **three** before ten, all from Gothenburg Central:\n\n| Leaves | Arrives | Change |\n|---|---|---|\n| 05:55 | 09:33 | none |\n| 07:00 | 11:02 | Halden |\n| 09:15 | 13:10 | none |\n\nThe 05:55 is the only one that gets you there before the meeting. Shall I put it into your calendar?" },
  ],
  "Yes, and remind me tonight.": [{ kind: "say", text: "Done. I'll write to you on Telegram at 21:00, with the platform once it is known." }],
  "How do I take a picture with the Pi in the kitchen?": [{ kind: "say", text: `It has been approved as a node, so ask it for one:\n\n${CODE}\n\n- The lens faces the door.\n- Pictures stay on the gateway for **one day**.` }],
  "A recipe for lentils, please": [{ kind: "say", text: "Red lentils, an onion, cumin, and twenty minutes." }],
  "What did Ada write about the boat?": [{ kind: "say", text: "She would like to sail on Saturday if the wind stays below eight metres a second." }],
};

export const script = ({ message }) => TALKS[message];

async function ask(gateway, sessionKey, message) {
  const { runId } = await gateway.call("chat.send", { sessionKey, message, idempotencyKey: `${sessionKey} ${message}` });
  await gateway.call("agent.wait", { runId, timeoutMs: 10_000 });
}

export async function prepare({ gateway }) {
  await ask(gateway, "lentils", "A recipe for lentils, please");
  await ask(gateway, "boat", "What did Ada write about the boat?");
  await ask(gateway, "kitchen", "How do I take a picture with the Pi in the kitchen?");
  await ask(gateway, "trains", "Which trains go to Oslo tomorrow morning?");
  await gateway.call("chat.inject", { sessionKey: "trains", label: "Calendar", message: "The meeting was moved to 10:30." });
  await ask(gateway, "trains", "Yes, and remind me tonight.");
  for (const [key, label] of [["trains", "Trains to Oslo"], ["kitchen", "Kitchen camera"], ["boat", "The boat"]]) await gateway.call("sessions.patch", { key, label });
}

const shown = (text) => async (page) => {
  await page.locator("talk-view").getByText(text).waitFor();
  await page.locator("session-list").getByText("Trains to Oslo").waitFor({ state: "attached" });
};

export const scenes = [
  { name: "chat", path: "/chat?session=trains", on: ["light", "dark", "phone"], show: shown("Done. I'll write to you") },
  { name: "chat-code", path: "/chat?session=kitchen", on: ["light", "dark"], show: shown("The lens faces the door") },
  { name: "chat-empty", path: "/chat?session=web-new", on: ["light"], show: shown("What can I do for you?") },
  {
    name: "chat-list", path: "/chat?session=trains", on: ["phone"],
    async show(page) {
      await page.getByRole("button", { name: "Show the conversations" }).click();
      await page.locator("session-list").getByText("Trains to Oslo").waitFor();
    },
  },
];
