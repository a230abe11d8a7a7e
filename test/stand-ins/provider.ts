/** A kind of place, and which of them: `{ kind: "direct", nth: 0 }` is the chat with the first person. */
export interface Place {
  readonly kind: "direct" | "group" | "thread";
  readonly nth: number;
}

/** A message of the bot, as its chat shows it now. */
export interface ShownAnswer {
  readonly id: string;
  readonly place: Place;
  readonly text: string;
  /** How often it was changed since it appeared. */
  readonly edits: number;
}

/** A messaging platform with people in it, seen from their side: what they say, and what they read of the bot. */
export interface Provider {
  readonly channel: string;
  readonly label: string;
  /** The kinds of places that the platform has; all of them, where it does not say. */
  readonly kinds?: readonly Place["kind"][];
  /** Whether an answer grows in place; it does, where it does not say. */
  readonly grows?: boolean;
  /** Whether a message may have been told to a gateway that ended before it had read it, by a platform that tells it once. */
  mayHaveSwallowed?(id: string): boolean;
  /** What the configuration says of it, without who may write. */
  readonly section: Readonly<Record<string, unknown>>;
  /** Puts into a state folder what an account has that is not in its configuration, and tells which environment its gateway needs. */
  prepare?(stateDir: string): Promise<Readonly<Record<string, string>>>;
  /** Stable id of the person of the direct chat with this number. */
  personId(nth: number): string;
  /** That person writes; among others the bot is mentioned. Tells the message's id. */
  say(place: Place, text: string): string;
  /** What the bot shows, oldest first. */
  shown(): readonly ShownAnswer[];
  /** Called with each message of the bot the moment it arrives, or is changed. */
  onShown: (text: string, id: string) => void;
  /** Forgets what nobody asks for any more, as far as the platform can do without: for long runs. */
  forget(): void;
  stop(): Promise<void>;
}

const PEOPLE = ["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn"];

export const personName = (nth: number): string => PEOPLE[nth] ?? `Person ${nth}`;

export const placeName = ({ kind, nth }: Place): string => `${kind}-${nth}`;
