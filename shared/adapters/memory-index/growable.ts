type Numbers = Uint8Array | Uint32Array | Float32Array

/** A typed array with at least `length` places and what it held before; grown by half, so that adding stays cheap. */
export function grown<T extends Numbers>(array: T, length: number): T
export function grown(array: Numbers, length: number): Numbers {
  if (array.length >= length) return array
  const size = Math.max(length, array.length + (array.length >> 1), 16)
  const larger =
    array instanceof Uint8Array
      ? new Uint8Array(size)
      : array instanceof Uint32Array
        ? new Uint32Array(size)
        : new Float32Array(size)
  larger.set(array)
  return larger
}
