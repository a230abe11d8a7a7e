const SECRET_NAME = /token|password|passphrase|secret|api[-_]?key|private[-_]?key|credential|cookie|authorization/i;

/** Whether something of this name, a configuration key, a variable or a log field, must not be shown. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);
