import { constants } from "node:fs";
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

const OWNER_ONLY = 0o700;

/** Makes the folder where there is none, and puts a page into it while it is empty. Rejects with the system's error where it can't be had. */
export async function prepareFolder(root: string, firstPage: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: OWNER_ONLY });
  if ((await readdir(root)).length > 0) return;
  await copyFile(firstPage, join(root, "index.html"), constants.COPYFILE_EXCL).catch((error: unknown) => {
    // It was there first, or this copy of the program was not built: then the folder stays as it is.
    if (!["EEXIST", "ENOENT"].includes((error as { code?: string }).code ?? "")) throw error;
  });
}
