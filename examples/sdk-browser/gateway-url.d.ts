/** The bundler's `define`: see README.md. */
declare const GATEWAY_URL: string;
