import "./control-page.js";
