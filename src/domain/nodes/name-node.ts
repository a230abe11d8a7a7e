/** What a person may call a node by. */
export interface NamedNode {
  readonly nodeId: string;
  readonly displayName?: string | undefined;
}

export type NodeNaming<N> = { readonly kind: "found"; readonly node: N } | { readonly kind: "none" } | { readonly kind: "several"; readonly nodes: readonly N[] };

const MIN_PREFIX = 4;

/** The node that somebody means: by its id, by its name, or by a beginning of its id that no other has. */
export function findNode<N extends NamedNode>(nodes: readonly N[], text: string): NodeNaming<N> {
  const said = text.trim();
  const exact = nodes.find(({ nodeId }) => nodeId === said);
  if (exact) return { kind: "found", node: exact };
  const plain = said.toLowerCase();
  const named = nodes.filter(({ displayName }) => displayName?.toLowerCase() === plain);
  const begun = named.length > 0 || plain.length < MIN_PREFIX ? named : nodes.filter(({ nodeId }) => nodeId.toLowerCase().startsWith(plain));
  const [node, other] = begun;
  if (node === undefined) return { kind: "none" };
  return other === undefined ? { kind: "found", node } : { kind: "several", nodes: begun };
}
