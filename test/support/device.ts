export { connectParams, TestDevice, type ConnectAsk, type Signing } from "../../src/testing/test-device.js";
