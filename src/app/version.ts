/** The version in package.json, which a test compares: reading that file at each start would cost more than this line. */
export const VERSION = "0.1.0";
