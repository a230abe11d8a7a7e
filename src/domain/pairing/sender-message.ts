/** What a stranger reads. Plain text, which every app shows as it is. */
export const renderSenderRequest = ({ channel, code }: { readonly channel: string; readonly code: string }): string =>
  [
    "Hello. This assistant answers only people whom its owner knows, so your message was not read.",
    "",
    `Your pairing code: ${code}`,
    "",
    "If the owner expects you, pass it on to them. They let you in with:",
    `openclaw pairing approve ${channel} ${code}`,
    "",
    "The code is valid for one hour. Once you are let in, please write again.",
  ].join("\n");

/** What a sender reads when the owner has approved the code and wants that said. */
export const renderSenderApproved = (): string => "The owner has let you in. You can write to this assistant now.";
