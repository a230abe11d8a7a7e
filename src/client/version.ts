/** The version of this package, which a test compares; a gateway shows it where the app names none of its own. */
export const CLIENT_VERSION = "0.1.0";
