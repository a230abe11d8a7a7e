/** A file beside a message. */
export interface Attachment {
  readonly name: string;
  readonly mimeType: string;
  readonly base64: string;
  readonly bytes: number;
}

export type ReadFile = { readonly kind: "read"; readonly attachment: Attachment } | { readonly kind: "refused"; readonly name: string; readonly why: "too-large" | "unreadable" };

/** What the gateway takes of one file. */
export const MAX_FILE_BYTES = 5_000_000;

/** What a browser draws from a `data:` URL without running anything in it. */
const DRAWN = /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/;

export const isDrawn = (mimeType: string): boolean => DRAWN.test(mimeType);

/** Reads what was chosen, dropped or pasted. */
export const readFiles = (files: Iterable<File>): Promise<readonly ReadFile[]> => Promise.all([...files].map(readFile));

async function readFile(file: File): Promise<ReadFile> {
  const name = file.name === "" ? "file" : file.name;
  if (file.size > MAX_FILE_BYTES) return { kind: "refused", name, why: "too-large" };
  try {
    return { kind: "read", attachment: { name, mimeType: file.type === "" ? "application/octet-stream" : file.type, base64: await base64Of(file), bytes: file.size } };
  } catch {
    // A folder that was dropped, or a file that has gone since.
    return { kind: "refused", name, why: "unreadable" };
  }
}

const base64Of = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).replace(/^[^,]*,/, "")));
    reader.addEventListener("error", () => reject(reader.error ?? new Error("the file could not be read")));
    reader.readAsDataURL(file);
  });
