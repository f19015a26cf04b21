/** What a scope has accepted lately: how fast, and how many at a time. */
export class Accepted {
  /** The most under way with which a request was accepted. */
  mostAbreast = 0;
  #second = 0;
  #thisSecond = 0;
  #lastSecond = 0;

  add(abreast: number, now: number): void {
    this.#turn(now);
    this.#thisSecond += 1;
    if (abreast > this.mostAbreast) this.mostAbreast = abreast;
  }

  perSecond(now: number): number {
    this.#turn(now);
    return Math.max(this.#thisSecond, this.#lastSecond);
  }

  #turn(now: number): void {
    const second = Math.floor(now / 1_000);
    if (second === this.#second) return;
    this.#lastSecond = second === this.#second + 1 ? this.#thisSecond : 0;
    this.#thisSecond = 0;
    this.#second = second;
  }
}
