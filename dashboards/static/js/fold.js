// Room codes as they are meant: "А-204" typed in Cyrillic finds "A-204".

const LOOK_ALIKES = {
  а: "a", в: "b", с: "c", е: "e", к: "k", м: "m", н: "h", о: "o", р: "p", т: "t", х: "x", у: "y", і: "i",
};

export function fold(text) {
  return text.toLowerCase().replace(/[а-яіәғқңөұүһ]/g, (letter) => LOOK_ALIKES[letter] ?? letter).replace(/[\s-]/g, "");
}

// 2 before 10.
const natural = new Intl.Collator("en", { numeric: true });

export function byCode(a, b) {
  return natural.compare(a.code, b.code);
}
