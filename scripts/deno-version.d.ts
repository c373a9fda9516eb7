/** Path of the executable of Deno, which may not be installed. */
export function denoProgram(): string;
