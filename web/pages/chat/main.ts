import "./chat-page.js";
