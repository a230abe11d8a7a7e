/** One thing that `openclaw doctor` looked at. */
export interface Finding {
  readonly check: string;
  readonly state: "ok" | "warn" | "fail";
  readonly message: string;
  /** What mends it, a line each. */
  readonly fix?: readonly string[];
}
