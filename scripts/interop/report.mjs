/** The table of what passed, and what of the other side this gateway does not have. */
export class Report {
  #rows = [];
  #missing = [];

  /** `run` does something and `expected` finds in what it printed what proves it, or one of them throws. */
  async step(name, run, expected = (out) => out) {
    let told = "";
    // Some take a minute: whoever waits sees where it is.
    process.stderr.write(`… ${name}\n`);
    try {
      const result = await run();
      told = typeof result === "string" ? result : result.out;
      this.#rows.push({ name, result: "passed", told: String(expected(told.trim())) });
    } catch (error) {
      this.failed(name, error, told.trim());
    }
  }

  failed(name, error, told = "") {
    this.#rows.push({ name, result: "FAILED", told: `${error.message}: ${told}` });
  }

  missing(what) {
    if (!this.#missing.includes(what)) this.#missing.push(what);
  }

  /** Prints it; the number of steps that failed. */
  print(title) {
    const width = Math.max(...this.#rows.map(({ name }) => name.length));
    console.log(`\n${title}`);
    for (const { name, result, told } of this.#rows) console.log(`${result}  ${name.padEnd(width)}  ${told.replaceAll(/\s+/g, " ").slice(0, result === "passed" ? 100 : 400)}`);
    if (this.#missing.length > 0) console.log(`\nnot there: ${this.#missing.join(", ")}`);
    const failed = this.#rows.filter(({ result }) => result === "FAILED").length;
    console.log(`\n${this.#rows.length - failed} passed, ${failed} failed`);
    return failed;
  }
}

export const found = (pattern) => (text) => {
  const match = pattern.exec(text);
  if (!match) throw new Error(`no ${pattern} in what it printed`);
  return match[1] ?? match[0];
};

export const json = (pick) => (text) => {
  const value = pick(JSON.parse(text.slice(text.search(/[[{]/))));
  if (value === undefined || value === false) throw new Error("not what was expected");
  return typeof value === "string" ? value : JSON.stringify(value);
};
