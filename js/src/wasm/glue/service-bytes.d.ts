/** The embedded service as base64 text; the build writes it. */
export const base64: string
