// Package report draws what a team carries on paper or on a phone without a network: PDF
// and workbooks, from plain structs. It knows no visit: what is to be read comes as text,
// and only the labels around it are worded here, in the reader's language.
//
// A [Brief] is one page, and never becomes two: what is long is drawn smaller, down to what
// can still be read, and then cut, with a line that says so. A report ([InspectionReport],
// [AuditReport], [VisitReport]) has as many pages as it takes, and nothing of it is cut: its
// answer comes first, evidence stands beside what it shows, and what was left blank is
// named. What a factory gets ([FactoryReport]) is a struct that cannot hold the rest.
//
// A [Plot] is lines by quarter, on a page or as a picture of its own; a [YearPage] is a factory's
// year on one page, cut as a brief is.
//
// A file holds all that it needs to be shown, and says nothing about when or with what it
// was made; the same report is the same bytes. A photo that has more than a picture in it,
// such as the place where it was taken, is not taken.
//
// It promises to draw any text whatever. A character that its font lacks (emoji, Arabic,
// Han outside the common ones) is a box, and a line below says that boxes are such.
package report
