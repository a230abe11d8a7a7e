/** What this client uses of a browser, and no more: the rest of the DOM's types would let Node code name what Node has not. */
export interface BrowserSocket {
  binaryType: string;
  readonly readyState: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "open" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { readonly code: number; readonly reason: string }) => void): void;
}

export interface TextStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface DatabaseRequest<T> {
  readonly result: T;
  readonly error: unknown;
  addEventListener(type: "success" | "error" | "upgradeneeded", listener: () => void): void;
}

interface ObjectStore {
  get(key: string): DatabaseRequest<unknown>;
  add(value: unknown, key: string): DatabaseRequest<unknown>;
}

export interface Database {
  createObjectStore(name: string): unknown;
  close(): void;
  transaction(store: string, mode: "readonly" | "readwrite"): { objectStore(name: string): ObjectStore };
}

interface Browser {
  readonly WebSocket?: new (url: string) => BrowserSocket;
  readonly localStorage?: TextStorage;
  readonly indexedDB?: { open(name: string, version: number): DatabaseRequest<Database> };
  readonly location?: { readonly protocol: string };
}

export const browser = globalThis as unknown as Browser;
