export interface QrCodes {
  /** A black and white picture of the text as a `data:image/png` URL. Rejects for text beyond what a QR code holds (2953 bytes). */
  pngDataUrl(text: string): Promise<string>;
}
