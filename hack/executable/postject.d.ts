declare module 'postject' {
  /** Puts data into an executable under a name, and flips the sentinel by which the program finds that it is there. */
  export function inject(path: string, name: string, data: Buffer, options: { readonly sentinelFuse: string }): Promise<void>;
}
