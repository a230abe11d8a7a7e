export { CronerCalendar } from "./croner-calendar.js";
