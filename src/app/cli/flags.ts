import { InvalidArgumentError } from "commander";

export interface JsonFlag {
  readonly json?: boolean;
}

/** What every command that talks to a gateway understands. */
export interface ConnectionFlags extends JsonFlag {
  readonly url?: string;
  readonly token?: string;
  readonly password?: string;
  /** Milliseconds, for connecting and for each request. */
  readonly timeout?: number;
  readonly tlsFingerprint?: string;
}

function parseWhole(text: string, { min, max }: { min: number; max: number }): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
}

export const parsePort = (text: string): number => parseWhole(text, { min: 0, max: 65_535 });
export const parseCount = (text: string): number => parseWhole(text, { min: 1, max: 5000 });
export const parseMs = (text: string): number => parseWhole(text, { min: 1, max: 2_147_483_647 });
export const parseSeconds = (text: string): number => parseWhole(text, { min: 0, max: 2_147_483 });
