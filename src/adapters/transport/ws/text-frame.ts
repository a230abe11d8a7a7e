import { Buffer } from "node:buffer";

/** FIN and the opcode of a text message, as RFC 6455 (5.2) has them. */
const WHOLE_TEXT = 0x81;
/** Below this, copying costs less than one buffer more in the system call does. */
const WORTH_SHARING_BYTES = 16_384;

/** One message as a frame of its own, unmasked, as a server sends it. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = openFrame(length, length);
  // As many bytes as characters: all of it is ASCII, which is copied as it is rather than encoded.
  frame.write(text, frame.length - length, length === text.length ? "latin1" : "utf8");
  return frame;
}

/** One message, `head` and then `tail`, as buffers to be written in a row. A long `head` is handed on, not copied. `tail` is ASCII. */
export function sharedFrame(head: Buffer, tail: string): readonly Buffer[] {
  const length = head.length + tail.length;
  if (length >= WORTH_SHARING_BYTES) return [openFrame(length, 0), head, Buffer.from(tail, "latin1")];
  const frame = openFrame(length, length);
  const start = frame.length - length;
  head.copy(frame, start);
  frame.write(tail, start + head.length, "latin1");
  return [frame];
}

/** A frame's header, with so much room after it. */
function openFrame(payloadBytes: number, room: number): Buffer {
  if (payloadBytes < 126) {
    const frame = Buffer.allocUnsafe(2 + room);
    frame[0] = WHOLE_TEXT;
    frame[1] = payloadBytes;
    return frame;
  }
  if (payloadBytes < 65_536) {
    const frame = Buffer.allocUnsafe(4 + room);
    frame[0] = WHOLE_TEXT;
    frame[1] = 126;
    frame.writeUInt16BE(payloadBytes, 2);
    return frame;
  }
  const frame = Buffer.allocUnsafe(10 + room);
  frame[0] = WHOLE_TEXT;
  frame[1] = 127;
  frame.writeUInt32BE(0, 2);
  frame.writeUInt32BE(payloadBytes, 6);
  return frame;
}
