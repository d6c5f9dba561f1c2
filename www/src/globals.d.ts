/** The content security policy of the page; the build sets it. */
declare const __POLICY__: string
/** Compressed size in bytes of each module; the build sets it. */
declare const __SIZES__: Readonly<Record<string, number>>
