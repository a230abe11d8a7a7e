/** What people type when they want the assistant to stop. */
const STOP_WORDS = new Set(["/stop", "stop", "/abort", "abort", "esc"]);

/** Whether a message says nothing but that the assistant is to stop. Case and a final mark do not matter. */
export const isStopWord = (text: string): boolean => text.length <= 64 && STOP_WORDS.has(text.trim().toLowerCase().replace(/[.!]{1,3}$/, ""));
