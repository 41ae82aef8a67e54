/** The reader of addresses that both Node and a browser have; shared/ is compiled with neither. */
declare class URL {
  constructor(text: string);
  static canParse(text: string): boolean;
  readonly href: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly username: string;
  readonly password: string;
}
