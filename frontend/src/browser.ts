/** What browsers and people do to a page that React does not expect. */

/** An address with too many slashes, as it was meant: a browser takes what begins with two for another server. */
export function straighten({ pathname, search, hash }: Location): string {
  return pathname.replace(/\/{2,}/g, "/") + search + hash;
}

/**
 * A browser that translates a page moves its texts into elements of its own. React would then fail on taking away what
 * is no longer where it was: https://github.com/facebook/react/issues/11538
 */
export function tolerateTranslation(): void {
  const { removeChild, insertBefore } = Node.prototype;
  Node.prototype.removeChild = function <T extends Node>(this: Node, child: T): T {
    return removeChild.call(child.parentNode ?? this, child) as T;
  };
  Node.prototype.insertBefore = function <T extends Node>(this: Node, node: T, next: Node | null): T {
    return insertBefore.call(this, node, next?.parentNode === this ? next : null) as T;
  };
}
