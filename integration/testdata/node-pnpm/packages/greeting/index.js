import ms from "ms";

export const greeting = (who) => `Hello from ${who}, ${ms("1h")}\n`;
