import { createSocket } from "node:dgram";
import { once } from "node:events";

const GROUP = "224.0.0.251";

/** Whether this host hears what it says to a multicast group. Where it does not, that is said, and what needs it is not tested. */
export async function canMulticast(): Promise<boolean> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  try {
    socket.bind(0);
    await once(socket, "listening");
    socket.addMembership(GROUP);
    socket.setMulticastLoopback(true);
    const heard = once(socket, "message", { signal: AbortSignal.timeout(5_000) });
    socket.send("hello", socket.address().port, GROUP);
    await heard;
    return true;
  } catch {
    process.stderr.write("\nMulticast does not work on this host: announcements on the wire were NOT tested.\n");
    return false;
  } finally {
    socket.close();
  }
}
