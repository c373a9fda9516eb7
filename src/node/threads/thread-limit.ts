/** Most threads that an option may ask for. */
export const MAX_THREADS = 1024;
