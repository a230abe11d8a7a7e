/** A file of the pages as the build describes it in `files.json`. */
export interface BuiltFile {
  readonly type: string;
  /** Of its bytes. */
  readonly digest: string;
  /** In which packed forms it lies beside itself, the best first. */
  readonly encodings: readonly ("br" | "gz")[];
}

const ENCODINGS = ["br", "gz"] as const;

/** Throws for a listing that the build did not write. */
export function parseListing(text: string): ReadonlyMap<string, BuiltFile> {
  const files = JSON.parse(text) as Readonly<Record<string, { readonly type?: unknown; readonly digest?: unknown; readonly encodings?: unknown }>>;
  return new Map(Object.entries(files).map(([name, { type, digest, encodings }]) => {
    if (typeof type !== "string" || typeof digest !== "string" || !Array.isArray(encodings)) throw new Error(`files.json does not describe ${name}; build the pages again`);
    return [name, { type, digest, encodings: ENCODINGS.filter((one) => encodings.includes(one)) }];
  }));
}
