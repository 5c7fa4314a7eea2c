/** The unit that a file in one of systemd's folders belongs to: its own, or as a drop-in (systemd.unit(5)). */
export function unitOfPath(path: string): { readonly unit: string; readonly isWhole: boolean } | undefined {
  const found = /^\/(?:etc|usr\/lib|usr\/local\/lib|lib|run)\/systemd\/system\/([^/]+\.[a-z]+)(\.d\/[^/]+)?$/.exec(
    path,
  );
  return found?.[1] === undefined ? undefined : { unit: found[1], isWhole: found[2] === undefined };
}
