export const PLATFORM_KINDS = ["ios", "android", "macos", "linux", "windows", "unknown"] as const;
export type PlatformKind = (typeof PLATFORM_KINDS)[number];

/** The names a platform goes by, each alone or before a version: `iOS 18.2`, `android-14`. */
const NAMES: readonly (readonly [RegExp, PlatformKind])[] = [
  [/^(?:ios|ipados)(?![a-z])/, "ios"],
  [/^android(?![a-z])/, "android"],
  [/^(?:macos|darwin|mac os|osx)(?![a-z])/, "macos"],
  [/^(?:linux|headless)(?![a-z])/, "linux"],
  [/^(?:windows|win32|win)(?![a-z])/, "windows"],
];

const plainOf = (platform: string): string => platform.trim().toLowerCase();

export const platformKind = (platform: string): PlatformKind => NAMES.find(([name]) => name.test(plainOf(platform)))?.[1] ?? "unknown";

/** Whether both name the same platform: an update of the system is none, and of platforms that nobody knows each is its own. */
export function samePlatform(one: string, other: string): boolean {
  const kind = platformKind(one);
  return kind === platformKind(other) && (kind !== "unknown" || plainOf(one) === plainOf(other));
}
