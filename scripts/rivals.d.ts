/** Versions of the rivals of bench/speed, by name of the package. */
export const RIVALS: Readonly<{ 'onnxruntime-web': string }>;
/** Folder in which a package is installed; it may not exist. */
export function rivalPrefix(name: keyof typeof RIVALS): string;
