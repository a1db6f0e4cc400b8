/** Reads the text of unit files and drop-ins (systemd.syntax(7)). Pure. */

/** The lines of `[Install]`, without blank ones and comments. */
export function installSection(unitFile: string): string {
  let section = '';
  const lines = unitFile.split('\n').filter((line) => {
    if (line.startsWith('[')) section = line.trim();
    return section === '[Install]' && /^[A-Za-z]/.test(line);
  });
  return lines.join('\n');
}
