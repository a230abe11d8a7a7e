import { reasonOf } from "../../domain/reason.js";
import type { ConfigChange, ConfigIssue } from "../../ports/config-source.js";
import type { Composition } from "./container.js";
import type { DaemonParts } from "./daemon-parts.js";
import { TOKENS } from "./tokens.js";

/**
 * Keeps a running gateway on its configuration: what changed is in force at once, and only what it concerns is
 * restarted. A file that cannot be used changes nothing. The result ends it.
 */
export function followConfig({ config, log, adjustLog }: DaemonParts, composition: Composition): () => void {
  const gateway = composition.get(TOKENS.gateway);
  const shift = composition.get(TOKENS.channelShift);
  const agent = composition.get(TOKENS.agent);
  const tell = (level: "warn" | "error", message: string, issues: readonly ConfigIssue[]): void => {
    for (const issue of issues) log[level](message, { path: issue.path, reason: issue.message });
  };

  let told = namesOf(config.warnings());

  const follow = async ({ changed, needsRestart }: ConfigChange): Promise<void> => {
    adjustLog();
    log.info("the configuration changed", { paths: changed.slice(0, 20).join(", ") });
    if (needsRestart.length > 0) log.warn("some of it needs a restart of the gateway to be in force", { paths: needsRestart.join(", ") });
    const warnings = config.warnings();
    tell("warn", "a setting has no effect", warnings.filter((issue) => !told.has(JSON.stringify(issue))));
    told = namesOf(warnings);
    await agent.refresh();
    const { channels, issues } = await shift.next(config.accounts(), config.env());
    tell("error", "a channel is not configured well and is left out", issues);
    await gateway.replaceChannels(channels);
  };

  // One after the other: each leaves the parts as the configuration of its moment wants them.
  let following = Promise.resolve();
  const stopListening = config.listenTo({
    refused: (issues) => tell("error", "the configuration cannot be used; the last good one stays in force", issues),
    changed(change) {
      following = following
        .then(() => follow(change))
        .catch((error: unknown) => log.error("a change of the configuration could not be followed", { reason: reasonOf(error) }));
    },
  });
  const stopWatching = config.watch(composition.get(TOKENS.clock));
  return () => {
    stopListening();
    stopWatching();
  };
}

const namesOf = (issues: readonly ConfigIssue[]): ReadonlySet<string> => new Set(issues.map((issue) => JSON.stringify(issue)));
