import { setMaxListeners } from "node:events";

/**
 * For as long as a channel or one of its connections lasts. Every call under way listens to it and lets go when it is
 * over: more than ten at once are no leak, and nobody is to be warned of one.
 */
export function lastingController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
