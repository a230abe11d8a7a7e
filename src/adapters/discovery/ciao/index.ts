export { CiaoAnnouncer } from "./ciao-announcer.js";
