/** What WebChat says. */
export const chat = {
  title: "Chat",
  you: "You",
  assistant: "Assistant",
  tool: "Tool",
  note: "Note",
  sessions: "Conversations",
  searchSessions: "Search conversations",
  newSession: "New conversation",
  noSessions: "No conversations yet.",
  noneFound: "Nothing found.",
  message: "Message",
  placeholder: "Write a message",
  send: "Send",
  stop: "Stop",
  empty: { title: "Nothing said yet", text: "Write a message, and the answer appears here as it is made." },
  thinking: "The assistant is at it…",
};
