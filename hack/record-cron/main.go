// Records how the cron library of CronJobs (github.com/robfig/cron v3.0.1, ParseStandard) reads schedules and which
// times it finds, so that the tests of our reader compare with facts. In a directory outside of the repository, with
// this file in it:
//
//	go mod init record && go get github.com/robfig/cron/v3@v3.0.1
//	go run . > test/vectors/cron-schedules.json
package main

import (
	"encoding/json"
	"fmt"
	"time"
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

var read = []string{
	"0 2 * * 6", "0 2 * * SAT", "0 2 * * sat-SUN", "0 2 * * mon-fri", "0 2 1 jan *", "0 2 1 JAN-mar *", "*/15 * * * *",
	"5/15 * * * *", "0-30/10 * * * *", "0 0,12 * * *", "? ? ? ? ?", "0 2 ? * 1", " 0  2\t* * * ", "*/70 * * * *",
	"0 0 31 2 *", "0 0 29 2 *", "00 02 * * 06", "0 2-2 * * *", "@yearly", "@annually", "@monthly", "@weekly", "@daily",
	"@midnight", "@hourly", "59 23 31 12 6", "*/1 * * * *", "1-5/2,10 * * * *", "0 0 1 sep *",
	"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 0 *", "* * * 13 *",
	"* * * * 7", "0 22-2 * * *", "*/0 * * * *", "1-2-3 * * * *", "*/2/3 * * * *", "0 0 L * *", "0 0 15W * *",
	"0 0 * * 5#2", "0 0 * * 5L", "@Daily", "@reboot", "@fortnightly", "-1 * * * *", "1.5 * * * *", "a * * * *",
	"0 2 * * monday", "0 2 * january *", "0 2 * * fri-mon", "H 2 * * *", "*/x * * * *", "1- * * * *", "/5 * * * *",
	"0 2 * * *-", "jan * * * *", "0 2 mon * *", "0\u00a02 * * *",
}

type run struct {
	Schedule string   `json:"schedule"`
	Zone     string   `json:"zone"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Times    []string `json:"times"`
}

// The days around which a zone changes its clocks, and days on which it does not.
var zones = []struct {
	name string
	days []string
}{
	{"Etc/UTC", []string{"2026-02-28", "2027-12-31"}},
	{"Europe/Berlin", []string{"2026-03-29", "2026-10-25"}},
	{"America/New_York", []string{"2026-03-08", "2026-11-01"}},
	{"Australia/Lord_Howe", []string{"2026-04-05", "2026-10-04"}},
	{"Asia/Kolkata", []string{"2026-06-01"}},
	{"America/Santiago", []string{"2026-04-05", "2026-09-06"}},
	{"Asia/Beirut", []string{"2026-03-29", "2026-10-25"}},
	{"Africa/Cairo", []string{"2026-04-24", "2026-10-30"}},
}

var around = []string{
	"30 2 * * *", "15 2 * * *", "0 2 * * *", "0 3 * * *", "30 1 * * *", "45 1 * * *", "0 0 * * *", "30 0 * * *",
	"30 23 * * *", "0 * * * *", "*/20 * * * *", "10 1-3 * * *", "0 2 * * 0", "30 1 * * sun", "@daily", "@hourly",
	"0 0 * * 0", "15 0 29 * *",
}

var years = []string{
	"0 0 13 * 5", "0 0 */2 * 1", "0 0 */1 * 1", "0 0 1 * *", "0 0 31 * *", "0 12 29 2 *", "0 0 1-7 * 6", "0 0 ? * 2",
	"0 0 1,15 */3 *", "@weekly", "@monthly", "@yearly", "0 0 10-20/5 jan,jul mon", "0 0 */9 * ?", "0 0 5 * */3",
}

func times(text, zone string, from, to time.Time) run {
	schedule, err := cron.ParseStandard(text)
	if err != nil {
		panic(err)
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	found := []string{}
	for next := schedule.Next(from.In(location)); !next.IsZero() && next.Before(to); next = schedule.Next(next) {
		found = append(found, next.UTC().Format("2006-01-02T15:04Z"))
	}
	return run{text, zone, from.Format(time.RFC3339), to.Format(time.RFC3339), found}
}

func line(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func main() {
	verdicts := map[string]bool{}
	for _, text := range read {
		_, err := cron.ParseStandard(text)
		verdicts[text] = err == nil
	}
	runs := []run{}
	for _, zone := range zones {
		for _, day := range zone.days {
			noon, _ := time.Parse("2006-01-02T15:04", day+"T12:00")
			for _, text := range around {
				runs = append(runs, times(text, zone.name, noon.Add(-36*time.Hour), noon.Add(36*time.Hour)))
			}
		}
	}
	start := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, text := range years {
		runs = append(runs, times(text, "Etc/UTC", start, start.AddDate(2, 0, 0)))
	}
	fmt.Printf("{\"verdicts\": %s,\n\"runs\": [", line(verdicts))
	for index, run := range runs {
		if index > 0 {
			fmt.Print(",")
		}
		fmt.Printf("\n%s", line(run))
	}
	fmt.Println("\n]}")
}
