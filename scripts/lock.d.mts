export declare function withLock<T>(
  file: string,
  work: () => Promise<T>,
  options?: { readonly onWait?: () => void; readonly signal?: AbortSignal },
): Promise<T>
