/** The port to an image registry: the one question whether an image is there. `registry.ts` is the real adapter. */

/** Rejects with TronadorError (codes `Registry…`, `ImageReferenceInvalid`). */
export interface Images {
  /** Whether the registry holds this tag of the image now. A refusal or a failure rejects; it is never a "no". */
  exists(image: ImageReference): Promise<boolean>
}

/** An image, as people write it. */
export interface ImageReference {
  /** Name with its registry's host: `registry.example.com/acme/shop`. */
  readonly name: string
  readonly tag: string
}
