// Loaded before a gateway of its own process (`node --import`): it then takes the stand-in with this key for WhatsApp,
// which is the one thing about Baileys that no configuration changes.
import { WA_CERT_DETAILS } from "@whiskeysockets/baileys";

WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(process.env.WHATSAPP_STAND_IN_ROOT ?? "", "hex");
