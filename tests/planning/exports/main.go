// Asks one tool about objects: texts and pairs of objects on standard input, what is left of each pair on standard output.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
)

type question struct {
	Texts map[string]string `json:"texts"`
	Pairs map[string]struct {
		Live    map[string]any `json:"live"`
		Desired map[string]any `json:"desired"`
	} `json:"pairs"`
}

type answer struct {
	Left   []any  `json:"left"`
	Failed string `json:"failed"`
}

func answered(text string, live, desired map[string]any) (found answer) {
	defer func() {
		if told := recover(); told != nil {
			found = answer{Failed: fmt.Sprint("panic: ", told)}
		}
	}()
	left, err := judge(text, live, desired)
	if err != nil {
		return answer{Failed: err.Error()}
	}
	return answer{Left: left}
}

func main() {
	var asked question
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = json.Unmarshal(text, &asked)
	}
	if err != nil {
		panic(err)
	}
	answers := map[string]map[string]answer{}
	for name, text := range asked.Texts {
		answers[name] = map[string]answer{}
		for object, one := range asked.Pairs {
			answers[name][object] = answered(text, runtime.DeepCopyJSON(one.Live), runtime.DeepCopyJSON(one.Desired))
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}
