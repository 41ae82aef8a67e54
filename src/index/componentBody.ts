/** A component as the index stores it: the records of its mails one behind the other, compressed. */
import { constants, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { placeBytes, readPlace, unpackEntry, type Entry, type Place, type RecordContext } from "./entry";

/** As it stands in the table. */
export interface StoredComponent {
  /** For each mail its place, see `placeBytes`. */
  readonly places: Uint8Array;
  /** How it is compressed (one byte), then the records in the order of the places. */
  readonly body: Uint8Array;
}

const enum Method {
  Plain = 0,
  Deflate = 1,
  Zstd = 2,
}

/** Less is not worth compressing: setting it up takes as long as compressing ten times as much, and these are few of all bytes. */
const smallBody = 1000;
/** Of the memory that is set aside for the result; Node's own size is larger than most components. */
const smallestChunk = 1024;
/** No component is larger; what claims to be is damaged. */
const largestBody = 512 * 1024 * 1024;

/** Packs packed entries (place and record each) into a component. */
export function packComponent(records: readonly Buffer[]): StoredComponent {
  const places = Buffer.allocUnsafe(records.length * placeBytes);
  let length = 1;
  for (const [at, record] of records.entries()) {
    record.copy(places, at * placeBytes, 0, placeBytes);
    length += record.length - placeBytes;
  }
  const plain = Buffer.allocUnsafe(length);
  plain[0] = Method.Plain;
  let at = 1;
  for (const record of records) at += record.copy(plain, at, placeBytes);
  return { places, body: length < smallBody ? plain : compress(plain) };
}

function compress(plain: Buffer): Uint8Array {
  const records = plain.subarray(1);
  // Zstandard is twice as fast, but not every host's Node has it. Told the size, it makes itself small for it.
  const hasZstd = typeof zstdCompressSync === "function";
  const small = hasZstd
    ? zstdCompressSync(records, {
        pledgedSrcSize: records.length,
        chunkSize: Math.max(smallestChunk, records.length),
        params: { [constants.ZSTD_c_compressionLevel]: 1 },
      })
    : deflateRawSync(records, { level: 1 });
  return Buffer.concat([Buffer.of(hasZstd ? Method.Zstd : Method.Deflate), small]);
}

function decompress(body: Uint8Array): { bytes: Buffer; start: number } {
  const stored = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const limit = { maxOutputLength: largestBody };
  switch (stored[0]) {
    case Method.Plain:
      return { bytes: stored, start: 1 };
    case Method.Deflate:
      return { bytes: inflateRawSync(stored.subarray(1), limit), start: 0 };
    default:
      return { bytes: zstdDecompressSync(stored.subarray(1), limit), start: 0 };
  }
}

/** The mails of a component, and each as it was packed. */
export function readComponent({ places, body }: StoredComponent, context: RecordContext): { entries: Entry[]; records: Buffer[] } {
  const { bytes, start } = decompress(body);
  const entries: Entry[] = [];
  const records: Buffer[] = [];
  const packedPlaces = Buffer.from(places.buffer, places.byteOffset, places.byteLength);
  let at = start;
  for (const [number, place] of readPlaces(places).entries()) {
    const { entry, end } = unpackEntry(place, bytes, at, context);
    entries.push(entry);
    records.push(Buffer.concat([packedPlaces.subarray(number * placeBytes, (number + 1) * placeBytes), bytes.subarray(at, end)]));
    at = end;
  }
  return { entries, records };
}

/** Where the mails of a component lie, without unpacking them. */
export function readPlaces(places: Uint8Array): Place[] {
  const buffer = Buffer.from(places.buffer, places.byteOffset, places.byteLength);
  return Array.from({ length: places.length / placeBytes }, (_, at) => readPlace(buffer, at * placeBytes));
}
