// In place of the renderer's own schema: messages are judged before they come to it, and it would refuse a surface that
// comes in pieces.
export const A2uiMessageSchema = { parse: <T>(message: T): T => message };
