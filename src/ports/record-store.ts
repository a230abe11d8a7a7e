/** What a decision changes: a value replaces the record under its key, `undefined` takes it out. */
export type RecordChanges<T> = ReadonlyMap<string, T | undefined>;

/**
 * A durable table of JSON values by key, in the order in which the keys came. Whoever decides keeps it bounded.
 * One owner per table.
 */
export interface RecordStore<T> {
  /** Reads what is stored. A damaged or unreadable file is an error that names it, never an empty table; a torn last write is none. */
  open(): Promise<void>;
  /** The committed records: a live view, never to be kept across an await. */
  view(): ReadonlyMap<string, T>;
  /**
   * Decides on the records as all earlier updates left them, stores the changes, then resolves: durable once resolved,
   * without effect if rejected. Updates run one after another; those that wait share one write.
   */
  update<R>(decide: (records: ReadonlyMap<string, T>) => { readonly changes: RecordChanges<T>; readonly value: R }): Promise<R>;
  close(): Promise<void>;
}
