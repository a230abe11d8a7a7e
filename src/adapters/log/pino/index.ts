export { PinoLog, type LogLevel, type LogSink, type PinoLogOptions } from "./pino-log.js";
